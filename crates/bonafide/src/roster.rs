//! A gallery file brought to life: names, centred templates, and the search among them.

use bonafide_domain::identify::{Candidate, Scores};
use bonafide_faces::centre::{Centre, CentrePrior, CentreRefusal};
use bonafide_faces::template::Template;
use bonafide_gallery::{Change, Filter, Gallery, Hit, Query, SearchOptions};

use crate::failure::Failure;
use crate::gallery_file::GalleryContent;

/// Members, ready to be searched. The member with number `n` is `names[n]`.
pub struct Roster {
    names: Vec<String>,
    gallery: Gallery,
    centre: Centre,
}

impl From<CentreRefusal> for Failure {
    fn from(refusal: CentreRefusal) -> Self {
        Failure::new("other_model", refusal.to_string())
    }
}

impl Roster {
    /// Makes one template for each member (the mean of the enrolled ones), takes the gallery's centre from all of them
    /// and fills the search.
    ///
    /// # Errors
    /// When the gallery was enrolled with another model than `prior`'s, or is empty.
    pub fn of(content: &GalleryContent, prior: &CentrePrior) -> Result<Roster, Failure> {
        let means: Vec<Template> = content
            .members
            .iter()
            .map(|member| Template::mean(&member.templates))
            .collect::<Result<_, _>>()
            .map_err(|refusal| Failure::new("bad_template", refusal.to_string()))?;
        let names = content.members.iter().map(|member| member.name.clone()).collect();
        Roster::of_means(names, &means, prior)
    }

    /// As [`Roster::of`], from one template for each name.
    ///
    /// # Errors
    /// When there are no members or a template is of another model than `prior`'s.
    pub fn of_means(names: Vec<String>, means: &[Template], prior: &CentrePrior) -> Result<Roster, Failure> {
        let centre = Centre::of_gallery(prior, means)?;
        let dim = means.first().map(|template| template.expose().len());
        let dim =
            dim.ok_or_else(|| Failure::new("empty_gallery", "the gallery has no members: enrol some first"))?;
        let failed = |error: &dyn std::fmt::Display| Failure::new("gallery", error.to_string());
        let gallery = Gallery::new(dim).map_err(|error| failed(&error))?;
        let mut changes = Vec::with_capacity(means.len());
        for (member, mean) in (0..).zip(means) {
            let centred = centre.apply(mean)?;
            changes.push(Change::upsert(member, &[centred.expose()], &[]).map_err(|error| failed(&error))?);
        }
        gallery.apply(&changes).map_err(|error| failed(&error))?;
        Ok(Roster { names, gallery, centre })
    }

    /// The mean that is taken from everything that is compared here.
    #[must_use]
    pub fn centre(&self) -> &Centre {
        &self.centre
    }

    /// The name of a member that a search gave.
    #[must_use]
    pub fn name(&self, member: u32) -> &str {
        self.names.get(member as usize).map_or("", String::as_str)
    }

    /// How many members are searched.
    #[must_use]
    pub fn members(&self) -> u32 {
        self.gallery.members()
    }

    /// How many members a template is like, by `is_like` of the score.
    ///
    /// # Errors
    /// When the template is of another model.
    pub fn like(&self, template: &Template, is_like: impl Fn(f32) -> bool) -> Result<u32, Failure> {
        let failed = |error: &dyn std::fmt::Display| Failure::new("gallery", error.to_string());
        let query = Query::new(self.centre.apply(template)?.expose()).map_err(|error| failed(&error))?;
        let mut like = 0;
        for member in 0..self.members() {
            let score = self.gallery.score(member, &query).map_err(|error| failed(&error))?;
            like += u32::from(score.is_some_and(&is_like));
        }
        Ok(like)
    }

    /// The best and the second member for a template as the recogniser gave it.
    ///
    /// # Errors
    /// When the template is of another model.
    pub fn search(&self, template: &Template) -> Result<Scores, Failure> {
        let failed = |error: &dyn std::fmt::Display| Failure::new("gallery", error.to_string());
        let query = Query::new(self.centre.apply(template)?.expose()).map_err(|error| failed(&error))?;
        let found = self
            .gallery
            .search(&query, &Filter::All, SearchOptions::default())
            .map_err(|error| failed(&error))?;
        let candidate = |hit: Hit| Candidate { member: hit.member, score: hit.score };
        Ok(Scores { best: found.best.map(candidate), second: found.second.map(candidate) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gallery_file::EnrolledMember;
    use bonafide_faces::template::ModelId;

    fn template(vector: [f32; 4]) -> Template {
        Template::from_vector(ModelId::parse("m").unwrap(), vector.to_vec()).unwrap()
    }

    fn prior() -> CentrePrior {
        CentrePrior::from_vector(ModelId::parse("m").unwrap(), vec![0.1; 4]).unwrap()
    }

    #[test]
    fn the_nearest_member_is_found_by_name() {
        let member =
            |name: &str, vector| EnrolledMember { name: name.into(), templates: vec![template(vector)] };
        let members = vec![member("a", [1.0, 0.0, 0.0, 0.2]), member("b", [0.0, 1.0, 0.0, 0.2])];
        let content = GalleryContent { model: ModelId::parse("m").unwrap(), members };
        let roster = Roster::of(&content, &prior()).unwrap();
        let scores = roster.search(&template([0.1, 0.9, 0.0, 0.2])).unwrap();
        assert_eq!(roster.name(scores.best.unwrap().member), "b");
        assert_eq!(roster.name(scores.second.unwrap().member), "a");
        assert_eq!(roster.members(), 2);
    }

    #[test]
    fn b15_another_model_is_refused() {
        let other = Template::from_vector(ModelId::parse("other").unwrap(), vec![1.0; 4]).unwrap();
        assert_eq!(
            Roster::of_means(vec!["a".into()], std::slice::from_ref(&other), &prior()).err().unwrap().key,
            "other_model"
        );
        let roster = Roster::of_means(vec!["a".into()], &[template([1.0; 4])], &prior()).unwrap();
        assert_eq!(roster.search(&other).unwrap_err().key, "other_model");
    }

    #[test]
    fn an_empty_gallery_says_so() {
        assert_eq!(Roster::of_means(vec![], &[], &prior()).err().unwrap().key, "empty_gallery");
    }
}
